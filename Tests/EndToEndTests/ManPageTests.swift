import Foundation
import Testing

@Suite("Man pages")
struct ManPageTests {
    @Test("are called as man looks for them, refer to each other, and end with what all have in common")
    func pages() throws {
        let sandbox = try Sandbox(withImage: false)
        let (source, target) = ("\(sandbox.directory)/in", "\(sandbox.directory)/out")
        try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: true)
        for name in ["", ".run", ".image", ".image.load", ".load", ".init", ".help", ".container.run"] {
            let words = "mydocker\(name)".replacingOccurrences(of: ".", with: " ")
            Machine.write(
                "\(source)/mydocker\(name).1",
                """
                .Dt MYDOCKER\(name.uppercased()) 1
                .Sh NAME
                .Nm "\(words)"
                .Sh SYNOPSIS
                .Nm
                .Sh "EXIT STATUS"
                .Ex -std
                """)
        }
        let made = try Program(["\(Tool.repository)/scripts/man-pages", source, target]).finish()
        #expect(made.status == 0, made.everything)
        #expect(
            Machine.list(target).sorted() == [
                "mydocker-container-run.1", "mydocker-image-load.1", "mydocker-image.1", "mydocker-load.1",
                "mydocker-run.1", "mydocker.1",
            ])
        let longer = try String(contentsOfFile: "\(target)/mydocker-container-run.1", encoding: .utf8)
        #expect(longer == ".so man1/mydocker-run.1\n")
        let page = try String(contentsOfFile: "\(target)/mydocker-image-load.1", encoding: .utf8)
        for text in [
            ".Dt MYDOCKER-IMAGE-LOAD 1\n", ".Nm mydocker-image-load\n", ".Nm \"mydocker image load\"\n",
            ".Sh EXAMPLES\n.Dl $ mydocker image load", ".Sh ENVIRONMENT\n", ".Sh FILES\n",
            ".Sh EXIT STATUS\n",
            ".Sh SEE ALSO\n.Xr mydocker 1 ,\n.Xr mydocker-image 1 ,\n.Xr mydocker-load 1\n",
        ] {
            #expect(page.contains(text), "\(text) in \(page)")
        }
        #expect(!page.contains(".Ex -std") && !page.contains("mydocker.image"))
    }
}
