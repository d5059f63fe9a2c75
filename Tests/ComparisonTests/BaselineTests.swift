import DriverBenchmark
import DriverComparison
import Testing

@Suite("A report against an earlier one, and the first kernel that fails")
struct BaselineTests {
    private func changes(
        _ then: KernelReport, _ now: KernelReport, factor: Double = 1.2
    ) -> [Baseline.Change] {
        Baseline(Made.report(then), factor: factor).changes(in: Made.report(now))
    }

    private func kernel(
        bare: Double = 1, _ cost: [Double], machine: String? = nil, better: BenchmarkResult.Better? = nil
    ) -> KernelReport {
        Made.kernel(
            Made.results(bare: Made.around(bare), ["overlay": cost], better: better), machine: machine)
    }

    @Test("Worse is more than the factor and more than noise, as multiples of the bare file system")
    func worse() {
        let then = kernel(Made.around(2))
        // A slower machine is none of the driver's faults.
        #expect(changes(then, kernel(bare: 10, Made.around(20))).isEmpty)
        #expect(changes(then, kernel(Made.around(2.3))).isEmpty)
        let worse = changes(then, kernel(bare: 10, Made.around(26)))
        #expect(worse.map(\.kind) == [.worse] && worse[0].isRegression && worse[0].driver == "overlay")
        #expect(worse[0].what == "work on ext4: 2.60× of bare, was 2.00× (p = 0.0079)")
        #expect(changes(then, kernel(Made.around(1))).map(\.kind) == [.better])
        // The median is half more, but the values are all over the place.
        #expect(changes(then, kernel([1.9, 1.97, 3.1, 3.2, 1.5])).isEmpty)
        #expect(changes(then, kernel([3, 3.1])).map(\.kind) == [.unknown])
        #expect(changes(then, kernel(Made.around(2.3)), factor: 1.1).map(\.kind) == [.worse])
    }

    @Test("More operations are better, not worse")
    func more() {
        let then = kernel(Made.around(2), better: .more)
        #expect(changes(then, kernel(Made.around(1), better: .more)).map(\.kind) == [.worse])
        #expect(changes(then, kernel(Made.around(4), better: .more)).map(\.kind) == [.better])
    }

    @Test("On the same machine a bare file system that was slow once makes nothing worse")
    func sameMachine() {
        let then = kernel(bare: 2, Made.around(4), machine: "2 × A")
        #expect(changes(then, kernel(bare: 1, Made.around(4), machine: "2 × A")).isEmpty)
        #expect(changes(then, kernel(bare: 1, Made.around(4), machine: "2 × B")).map(\.kind) == [.worse])
        #expect(changes(then, kernel(bare: 1, Made.around(6), machine: "2 × A")).map(\.kind) == [.worse])
        // Without anything bare only the same machine can tell.
        func alone(_ value: Double, _ machine: String) -> KernelReport {
            Made.kernel([Made.result("diff", "overlay", Made.around(value))], machine: machine)
        }
        #expect(changes(alone(1, "A"), alone(2, "A")).map(\.kind) == [.worse])
        #expect(changes(alone(1, "A"), alone(2, "B")).map(\.kind) == [.unknown])
    }

    @Test("A case that passed, a driver that worked, a value that was there, a kernel that booted")
    func failed() throws {
        var (then, now) = (kernel(Made.around(2)), kernel(Made.around(2)))
        then.drivers = [try Made.driver("overlay"), try Made.driver("aufs", reason: "none")]
        now.drivers = [try Made.driver("overlay", reason: "gone"), try Made.driver("aufs", reason: "none")]
        then.conformance = try ["C1", "C2", "C3", "C4"].map {
            try Made.conformance($0, "overlay", $0 == "C2" ? "failed" : $0 == "C4" ? "declared" : "passed")
        }
        now.conformance = try ["C1", "C2", "C3", "C4", "C5"].map {
            try Made.conformance($0, "overlay", $0 == "C3" ? "passed" : "failed")
        }
        let found = changes(then, now)
        #expect(found.map(\.kind) == [.failed, .failed, .failed, .unknown], "\(found)")
        #expect(found[0].what.contains("gone") && found[1].what.hasPrefix("C1 failed, and had passed: why"))
        #expect(found[3].what.hasPrefix("C5"))
        let missing = Made.kernel(
            Made.results(bare: Made.around(1), [:]) + [
                Made.result("work", "overlay", nil, dropped: 1, reason: "crashed")
            ])
        #expect(
            changes(kernel(Made.around(2)), missing).map(\.what) == [
                "work on ext4: is not measured any more: crashed"
            ])
        // A file system below that cannot be made any more; a driver that was left out.
        let without = Made.kernel([.notMeasured("work", "bare", reason: "no such file system")])
        #expect(
            changes(kernel(Made.around(2)), without).map(\.what) == [
                "work on ext4: nothing can be measured there any more"
            ])
        #expect(
            changes(kernel(Made.around(2)), Made.kernel(Made.results(bare: Made.around(1), ["bind": [1]])))
                .isEmpty)
        var dead = now
        dead.problem = "panic"
        #expect(changes(then, dead).map(\.what) == ["panic"] && changes(then, dead)[0].isRegression)
        #expect(changes(dead, dead).map(\.isRegression) == [false])
    }

    @Test("A kernel is found again by its word, by its name, or because it is the only one")
    func counterparts() {
        func kernel(_ name: String, _ word: String?, _ cost: Double) -> KernelReport {
            var kernel = Made.kernel(name, Made.results(bare: Made.around(1), ["overlay": Made.around(cost)]))
            kernel.word = word
            return kernel
        }
        let baseline = Baseline(
            Made.report(kernel("vmlinuz-6.12.1", "deb:6.12", 1), kernel("host", nil, 1)), factor: 1.2)
        let report = Made.report(
            kernel("vmlinuz-6.12.9", "deb:6.12", 3), kernel("host", nil, 1), kernel("linux", nil, 1))
        let found = baseline.changes(in: report)
        #expect(
            found.map(\.kernel) == ["vmlinuz-6.12.9", "linux"] && found.map(\.kind) == [.worse, .unknown])
        #expect(report.kernels.map { baseline.isNew($0, in: report) } == [false, false, true])
        let renamed = Baseline(Made.report(kernel("a", nil, 1)), factor: 1.2)
        #expect(renamed.changes(in: Made.report(kernel("b", nil, 3))).map(\.kind) == [.worse])
    }

    @Test("A bisection finds the first bad one of any number, in logarithmic steps")
    func bisection() {
        for count in 0...40 {
            for first in 0...count {
                let found = Bisection.first(of: count) { $0 >= first }
                #expect(
                    found.bad == (first < count ? first : nil) && found.good == (first > 0 ? first - 1 : nil))
                let steps = Int.bitWidth - count.leadingZeroBitCount
                #expect(
                    found.tried.count <= steps && Set(found.tried).count == found.tried.count,
                    "\(count) \(first)")
            }
        }
    }

    @Test("Kernels that cannot tell are left out, and said")
    func skips() {
        let found = Bisection.first(of: 9) { [3, 4, 5].contains($0) ? nil : $0 >= 5 }
        #expect(found.bad == 6 && found.good == 2 && Set(found.skipped) == [3, 4, 5])
        let none = Bisection.first(of: 3) { _ in nil }
        #expect(none.bad == nil && none.good == nil && none.tried.count == 3)
    }

    @Test("What is bad of a kernel")
    func verdicts() throws {
        var kernel = kernel(Made.around(2))
        #expect(BisectionTarget.workload("work", slowerThan: 1.5).verdict(on: kernel).isBad == true)
        #expect(BisectionTarget.workload("work", slowerThan: 2.5).verdict(on: kernel).isBad == false)
        #expect(BisectionTarget.workload("work", slowerThan: nil).verdict(on: kernel).isBad == false)
        #expect(BisectionTarget.command("other", slowerThan: nil).verdict(on: kernel).isBad == nil)
        #expect(BisectionTarget.conformance("C1").verdict(on: kernel).isBad == nil)
        kernel.conformance = [
            try Made.conformance("C1", "bind", "passed"), try Made.conformance("C1", "overlay", "failed"),
        ]
        #expect(BisectionTarget.conformance("C1").verdict(on: kernel) == (true, "overlay: why"))
        kernel.missing = ["aufs"]
        #expect(BisectionTarget.workload("work", slowerThan: nil).verdict(on: kernel).isBad == true)
        kernel.problem = "panic"
        #expect(BisectionTarget.workload("work", slowerThan: 1).verdict(on: kernel) == (nil, "panic"))
        let failed = Made.kernel([Made.result("run", "overlay", nil, dropped: 1, reason: "status 1")])
        #expect(BisectionTarget.command("run", slowerThan: nil).verdict(on: failed).isBad == true)
    }
}

private func == (left: (Bool?, String), right: (Bool?, String)) -> Bool {
    left.0 == right.0 && left.1 == right.1
}
