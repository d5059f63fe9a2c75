/// A kernel's own word on why it ended.
struct KernelPanic {
    private static let mark = "Kernel panic - not syncing: "

    /// The kernel's line, and what it means where that is known.
    let text: String
    /// The lines before it: what comes after is its trace.
    let before: ArraySlice<String>

    /// The first panic in a console's lines; nil if there is none.
    init?(in lines: [String]) {
        guard let index = lines.firstIndex(where: { !$0.ranges(of: Self.mark).isEmpty }),
            let start = lines[index].ranges(of: Self.mark).first?.lowerBound
        else { return nil }
        before = lines[..<index]
        let said = String(lines[index][start...])
        // What it is given is the first file system that it needs: it looks for another one only if it cannot use that.
        let lacksInitramfs = !said.ranges(of: "Unable to mount root fs").isEmpty
        text = said + (lacksInitramfs ? " (no initramfs support: it needs CONFIG_BLK_DEV_INITRD)" : "")
    }
}
