import AUFSDriver
import BindDriver
import OverlayDriver
import SystemPackage
import Testing

@testable import Core

@Suite("Changes: the same with every driver, and as a layer the same again")
struct DiffTests {
    @Test("aufs", .driver("aufs"), arguments: DiffScene.all)
    func aufs(scene: DiffScene) throws { try check(scene, AUFSDriver()) }

    @Test("overlay", .driver("overlay"), arguments: DiffScene.all)
    func overlay(scene: DiffScene) throws { try check(scene, OverlayDriver()) }

    @Test("bind", .driver("bind"), arguments: DiffScene.all)
    func bind(scene: DiffScene) throws { try check(scene, BindDriver()) }

    /// D1, D2, D3.
    private func check(_ scene: DiffScene, _ driver: any StorageDriver) throws {
        let bench = try DiffBench(driver)
        for script in [DiffScene.base] + scene.layers { try bench.addLayer(script) }
        let changed = try bench.snapshot()
        try bench.run(scene.script, in: changed)

        let changes = try bench.changes(in: changed)
        #expect(changes.map(\.description) == (scene.expected.isEmpty ? [] : ["C /"]) + scene.expected)

        let archive = try bench.archive(changes, of: changed)
        #expect(try bench.archive(bench.changes(in: changed), of: changed) == archive)

        let applied = try bench.unpack(archive)
        #expect(try bench.changes(in: applied) == changes)
        #expect(try bench.description(of: applied) == bench.description(of: changed))

        // The same layer, unpacked for the other drivers, shows the same tree.
        for (name, other) in Drivers.all where Drivers.unsupported[name] == nil && name != driver.name {
            let second = try DiffBench(other)
            for script in [DiffScene.base] + scene.layers { try second.addLayer(script) }
            let moved = try second.unpack(archive)
            let difference = Set(try second.description(of: moved)).symmetricDifference(
                try bench.description(of: changed))
            // Layers that scripts have made have times of their own; only what the archive holds is compared.
            let paths = Set(changes.filter { $0.kind != .deleted }.map { String(decoding: $0.path, as: UTF8.self) })
            #expect(difference.filter { line in paths.contains { line.contains(" \($0) ") } } == [])
        }
    }
}
