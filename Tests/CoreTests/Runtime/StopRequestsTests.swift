import Glibc
import Testing

@testable import Runtime

@Suite("When a command that does not listen is killed")
struct StopRequestsTests {
    @Test("The third request within five seconds")
    func third() {
        var requests = StopRequests()
        #expect(requests.note(SIGINT, at: 0) == nil && requests.note(SIGTERM, at: 1000) == nil)
        #expect(requests.note(SIGQUIT, at: 4999) == .ignored)
    }

    @Test("Not when they are far apart, and not other signals")
    func apart() {
        var requests = StopRequests()
        for moment in 0...9 { #expect(requests.note(SIGINT, at: moment * 2500) == nil) }
        for moment in 0...9 { #expect(requests.note(SIGUSR1, at: 30_000 + moment) == nil) }
    }

    @Test("Ten seconds after its terminal was closed")
    func hangUp() {
        var requests = StopRequests()
        #expect(requests.patience(at: 0) == -1 && requests.note(SIGHUP, at: 500) == nil)
        _ = requests.note(SIGHUP, at: 5000)
        #expect(requests.patience(at: 5000) == 5500 && requests.verdict(at: 10_499) == nil)
        #expect(requests.verdict(at: 10_500) == .hungUp && requests.patience(at: 20_000) == 0)
    }
}
