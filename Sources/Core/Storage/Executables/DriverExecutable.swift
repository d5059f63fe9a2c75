internal import Host
internal import SystemPackage

/// An executable that is a storage driver, and how it is asked.
struct DriverExecutable: Sendable {
    /// The driver's name.
    let name: String
    /// Its file.
    let path: FilePath
    /// How long it may take.
    let patience: Patience
    /// Is told what it says on its standard error while all is well.
    let notice: @Sendable (String) -> Void

    /// How long a call may take, in milliseconds.
    struct Patience: Sendable {
        var call = 30_000
        var seal = 600_000
    }

    /// What changes with the file; nil if it is not root's alone.
    var identity: String? { try? RootsFile(path, following: false).identity }

    /// Why it is not run: "/srv/x can be written to by others than root"; nil if it is.
    var refusal: String? {
        do throws(RootsFile.Refusal) {
            _ = try RootsFile(path, following: false)
            return nil
        } catch { return "\(error.path) \(error.reason)" }
    }

    /// Asks it.
    ///
    /// - Parameter members: the request, but for what every one has.
    /// - Returns: its answer, which is no error.
    /// - Throws: ``ExecutableDriverError``.
    func ask(
        _ verb: DriverVerb, _ members: [String: JSONValue]
    ) throws(ExecutableDriverError) -> DriverObject {
        let file: RootsFile
        do throws(RootsFile.Refusal) { file = try RootsFile(path, following: false) } catch {
            throw ExecutableDriverError(name, verb, .refused("\(error.path) \(error.reason)"))
        }
        let common: [String: JSONValue] = [
            "protocol": .integer(DriverVerb.protocolVersion), "verb": .string(verb.rawValue),
        ]
        let request = JSONValue.object(members.merging(common) { $1 }).text + "\n"
        let limit = verb == .seal ? patience.seal : patience.call
        let (result, words) = DriverCall.run(
            file.file, called: path, Array(request.utf8), milliseconds: limit)
        func failure(_ reason: ExecutableDriverError.Reason) -> ExecutableDriverError {
            ExecutableDriverError(name, verb, reason, words: words)
        }
        let answer: DriverObject
        switch result {
        case .success(let bytes): answer = try read(bytes, failure)
        case .failure(.tookTooLong): throw failure(.tookTooLong(milliseconds: limit))
        case .failure(.tooLong): throw failure(.answerTooLong(limit: DriverCall.longestAnswer))
        case .failure(.crashed(let status)): throw failure(.crashed(status: Int(status)))
        case .failure(.failed(let error)): throw failure(.failed(error))
        }
        if !words.isEmpty { notice("driver \(name) says: \(words)") }
        return answer
    }

    private func read(
        _ bytes: [UInt8], _ failure: (ExecutableDriverError.Reason) -> ExecutableDriverError
    ) throws(ExecutableDriverError) -> DriverObject {
        let value: JSONValue
        do throws(JSONValue.Malformed) { value = try JSONValue(parsing: bytes) } catch {
            throw failure(.notJSON(error.reason))
        }
        var problem: ExecutableDriverError.Reason?
        do throws(DriverField.Wrong) {
            let answer = try DriverField(value, "").object()
            guard answer.members["protocol"] == .integer(DriverVerb.protocolVersion) else {
                throw answer["protocol"].wrong("is not \(DriverVerb.protocolVersion)")
            }
            if let error = try answer["error"].ifPresent?.object() {
                let number = try error["errno"].ifPresent?.count()
                problem = .said(
                    problem: try error["problem"].sentence(),
                    remedy: try error["remedy"].ifPresent?.sentence(),
                    errno: number.map { Errno(rawValue: Int32(clamping: $0)) })
            } else {
                return answer
            }
        } catch {
            problem = .wrongField(error.field.isEmpty ? "the answer" : error.field, error.reason)
        }
        throw failure(problem ?? .notJSON("nothing"))
    }
}
