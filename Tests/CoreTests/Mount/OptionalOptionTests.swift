import SystemPackage
import Testing

@testable import Mount

@Suite("Options that are left out where the kernel refuses them", isRoot)
struct OptionalOptionTests {
    private func mount(_ options: [MountOption], scratchFlag: String? = nil) -> MountStep {
        .mount(
            FileSystemMount(
                type: "tmpfs", source: "it", target: "/tmp", options: options, scratchFlag: scratchFlag))
    }

    /// The options that the kernel shows after the plan was executed.
    private func shown(_ plan: MountPlan) throws -> MountEntry? {
        try PrivateMountNamespace.run {
            try plan.execute()
            return try MountTable().mount(at: "/tmp")
        }
    }

    @Test("An unknown one is left out, a known one is not")
    func optional() throws {
        let size = MountOption.string("size", "64k")
        let unknown = try #require(try shown(MountPlan([mount([size, .optional("nonsense")])])))
        #expect(unknown.values(of: "size") == ["64k"] && !unknown.has("nonsense"))
        let known = try #require(try shown(MountPlan([mount([size, .optional("noswap")])])))
        #expect(known.has("noswap"))
        #expect(throws: MountError.self) { try shown(MountPlan([mount([size, .flag("nonsense")])])) }
    }

    @Test("What is wrong otherwise stays an error")
    func wrong() {
        #expect(throws: MountError.self) {
            try shown(MountPlan([mount([.string("size", "x"), .optional("noswap")])]))
        }
    }

    @Test("The flag of what is thrown away is set in no other plan")
    func throwingAway() {
        let plan = MountPlan([mount([.flag("a")], scratchFlag: "b"), mount([]), .detach(target: "/t")])
        guard case .mount(let mount) = plan.steps[0] else { return }
        #expect(mount.options == [.flag("a")])
        let other = plan.forThrowingAway()
        guard case .mount(let changed) = other.steps[0] else { return }
        #expect(changed.options == [.flag("a"), .optional("b")])
        #expect(other.steps.dropFirst() == plan.steps.dropFirst())
    }
}
