import Testing

@testable import Images
@testable import Layers

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

    @Test("Variables of the image are put in, of the line itself they are not")
    func variables() throws {
        let old = ImageConfig(environment: ["PATH=/bin", "X=1", "E=", "B=a b"])
        #expect(
            try applied("ENV PATH=$PATH:/x X=2 Y=${X}", to: old).environment
                == ["PATH=/bin:/x", "X=2", "E=", "B=a b", "Y=1"])
        for (text, value) in [
            ("$X$X", "11"), ("${X}y", "1y"), ("$Xy", ""), ("${N:-d $X}", "d 1"), ("${E:-d}", "d"),
            ("${E-d}", ""), ("${X:+alt}", "alt"), ("${N:+alt}", ""), (#"\$X"#, "$X"), (#""\$X $X""#, "$X 1"),
            ("'$X'", "$X"), ("$B", "a b"), ("a$", "a$"), ("$/", "$/"), ("${N:-${X:-y}z}", "1z"), ("$1x", "x"),
        ] {
            let spoken = text.contains(" ") && !text.hasPrefix("\"") ? "\"\(text)\"" : text
            #expect(try applied("ENV V=\(spoken)", to: old).environment?.last == "V=\(value)", "\(text)")
        }
        #expect(try applied("ENV V $X  y", to: old).environment?.last == "V=1  y")
        #expect(try applied("ENV X=2", "ENV Y=$X", to: old).environment?.last == "Y=2")
        #expect(
            try applied("ENV PATH=$PATH:/x").environment?.last?.hasSuffix(":/sbin:/bin:/x") == true,
            "what containers get that no image sets")
        let config = try applied(
            "ENV P=80-81/udp", "WORKDIR /w/$X", "WORKDIR $X/../y/.", "USER u$X", "LABEL l=$X",
            #"VOLUME ["/v$X", "/w w"]"#, "EXPOSE $P", "STOPSIGNAL ${N:-INT}", "CMD echo $X", to: old)
        #expect(config.workingDirectory == "/w/1/y" && config.user == "u1" && config.labels == ["l": "1"])
        #expect(config.volumes?.keys.sorted() == ["/v1", "/w w"])
        #expect(config.exposedPorts?.keys.sorted() == ["80/udp", "81/udp"] && config.stopSignal == "INT")
        #expect(config.command == ["/bin/sh", "-c", "echo $X"])
        for line in ["STOPSIGNAL $X$X$X", "EXPOSE $E/tcp", "USER $N", "ENV Y=${N:?not there}"] {
            #expect(throws: ImageError.self) { try applied(line, to: old) }
        }
    }

    @Test("EXPOSE takes ranges, each port of which is an entry")
    func ranges() throws {
        let ports = try applied("EXPOSE 8000-8002/tcp 9-9").exposedPorts
        #expect(ports?.keys.sorted() == ["8000/tcp", "8001/tcp", "8002/tcp", "9/tcp"])
        #expect(try applied("EXPOSE 1-65535").exposedPorts?.count == 65535)
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
            "EXPOSE 1/2/3", "EXPOSE 70000", "EXPOSE 2-1", "EXPOSE 1-2-3", "EXPOSE -1", "STOPSIGNAL FOO",
            "ENV A=${X", "ENV A=${}", "ENV A=${X!y}", #"ENV A=\"#, "STOPSIGNAL 0", "WORKDIR a b", "USER",
            "LABEL x",
        ])
    func refused(line: String) {
        #expect(throws: ImageError.self) { try ConfigInstruction(line) }
    }
}
