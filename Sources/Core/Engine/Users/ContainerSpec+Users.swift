internal import Storage

extension ContainerSpec {
    /// Decides who the container's users are, now that there is the container.
    mutating func take(
        _ choice: UserChoice, for container: borrowing ContainerDirectory, in store: Store
    ) throws {
        switch choice {
        case .host: return
        case .map(let map): users = map
        case .auto:
            do { users = try IDReservations(in: store).take(for: container.id) } catch {
                container.abandon(in: store)
                throw error
            }
        }
    }
}
