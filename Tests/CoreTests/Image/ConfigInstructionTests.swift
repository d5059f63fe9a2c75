import Testing

@testable import Core

@Suite("Instructions in the syntax of a Dockerfile")
struct ConfigInstructionTests {
    private func applied(_ lines: String..., to config: ImageConfig = ImageConfig()) throws -> ImageConfig {
        var config = config
        for line in lines { try ConfigInstruction(line).apply(to: &config) }
        return config
    }

    @Test("CMD and ENTRYPOINT: an array, or a line for the shell")
    func commands() throws {
        #expect(try applied("CMD ls -l").command == ["/bin/sh", "-c", "ls -l"])
        #expect(try applied(#"cmd ["ls", "-l a", "\""]"#).command == ["ls", "-l a", "\""])
        #expect(try applied("CMD [ -f x ] && y").command == ["/bin/sh", "-c", "[ -f x ] && y"])
        let entry = try applied(#"ENTRYPOINT ["/e"]"#, to: ImageConfig(command: ["old"]))
        #expect(entry.entrypoint == ["/e"] && entry.command == nil)
        #expect(try applied("CMD []").command == [])
    }

    @Test("ENV and LABEL: quotes, several, the old form, and replacing in place")
    func pairs() throws {
        let old = ImageConfig(environment: ["A=1", "B=2"])
        #expect(try applied("ENV A=x C=y", to: old).environment == ["A=x", "B=2", "C=y"])
        #expect(try applied(#"ENV A="b c" D='e f' G=h\ i"#).environment == ["A=b c", "D=e f", "G=h i"])
        #expect(try applied("ENV A b  c").environment == ["A=b  c"])
        #expect(try applied("ENV A=b=c E=").environment == ["A=b=c", "E="])
        #expect(try applied(#"LABEL "x.y"="a b" z=1"#).labels == ["x.y": "a b", "z": "1"])
    }

    @Test("The others")
    func others() throws {
        let config = try applied(
            "WORKDIR /a", "WORKDIR b", "USER 1:2", "STOPSIGNAL SIGINT", "EXPOSE 80 53/udp",
            #"VOLUME ["/v w"]"#,
            "VOLUME /x /y")
        #expect(config.workingDirectory == "/a/b" && config.user == "1:2" && config.stopSignal == "SIGINT")
        #expect(config.exposedPorts == ["80/tcp": [:], "53/udp": [:]])
        #expect(config.volumes == ["/v w": [:], "/x": [:], "/y": [:]])
    }

    @Test(
        "What is none",
        arguments: [
            "", "RUN x", "CMD", "ENV", "ENV A", "ENV =b", #"ENV A="b"#, "ENV A=b C", "EXPOSE 0", "EXPOSE x",
            "EXPOSE 1/2/3", "EXPOSE 70000", "WORKDIR a b", "USER", "LABEL x",
        ])
    func refused(line: String) {
        #expect(throws: ImageError.self) { try ConfigInstruction(line) }
    }
}
