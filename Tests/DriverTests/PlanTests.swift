import AUFSDriver
import Core
import OverlayDriver
import SystemPackage
import Testing

@Suite("Plans are values that need no root to be looked at")
struct PlanTests {
    private let snapshot = SnapshotDirectory("/store/containers/1/snapshot")

    @Test("overlay: one mount, then a look whether all layers are there")
    func overlay() throws {
        let plan = try OverlayDriver().mounts(
            of: snapshot, on: [SnapshotDirectory("/layers/b"), SnapshotDirectory("/layers/a")], at: "/t",
            access: .readWrite)
        #expect(plan.steps.count == 2)
        guard case .mount(let mount) = plan.steps.first, case .verifyLayers(let check) = plan.steps.last
        else {
            Issue.record("\(plan)")
            return
        }
        #expect(mount.type == "overlay" && mount.target == "/t" && !mount.readOnly)
        #expect(check.expected == 2)
    }

    @Test("aufs: batches that fit a page, in order", arguments: [1, 58, 59, 60, 118, 119, 120, 126])
    func aufs(parents: Int) throws {
        let layers = (0..<parents).map { SnapshotDirectory(FilePath("/layers/\($0)")) }
        let plan = try AUFSDriver().mounts(of: snapshot, on: layers, at: "/t", access: .readWrite)
        let batches = plan.steps.flatMap { step -> [LayerList] in
            switch step {
            case .mount(let mount): lists(of: mount.options)
            case .reconfigure(_, _, let options): lists(of: options)
            default: []
            }
        }
        #expect(batches.flatMap { $0.layers.map(\.directory) } == [snapshot.layer] + layers.map(\.layer))
        #expect(batches.allSatisfy { $0.layers.count <= 60 })
        guard case .verifyLayers(let check) = plan.steps.last else {
            Issue.record("\(plan)")
            return
        }
        #expect(check.expected == parents + 1)
    }

    private func lists(of options: [MountOption]) -> [LayerList] {
        options.compactMap { option in
            if case .layers(let list) = option { list } else { nil }
        }
    }
}
