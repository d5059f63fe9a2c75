import Core
import Glibc
import Testing

@Suite("Names of signals")
struct SignalNameTests {
    @Test(
        "As docker and podman take them",
        arguments: [
            ("SIGTERM", 15), ("term", 15), ("15", 15), ("Sigquit", 3), ("HUP", 1), ("SIGRTMIN", 34),
            ("SIGRTMIN+3", 37), ("RTMAX-1", 63), ("64", 64), ("WINCH", 28),
        ] as [(String, Int32)])
    func known(name: String, number: Int32) {
        #expect(SignalName.number(name) == number)
    }

    @Test(
        "None",
        arguments: [
            "", "SIG", "0", "-1", "65", "SIGFOO", "SIGSIGTERM", "RTMIN+40", "RTMIN-1", "RTMIN+", "TERM ",
        ])
    func unknown(name: String) {
        #expect(SignalName.number(name) == nil)
    }
}
