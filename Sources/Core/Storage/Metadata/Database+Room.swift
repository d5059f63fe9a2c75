internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

extension Database {
    /// How many free pages there are to be in the file: a removal writes to about ten.
    private static let sparePages: Int64 = 32
    /// The size of a page (SQLite's default).
    private static let pageSize: Int64 = 4096

    /// Sees to it that the next small transactions need no room on the disk: not in the file, and not in the journal.
    ///
    /// Where there is no room for that, it is done another time.
    func keepSpareRoom() {
        guard needsRoom else { return }
        // Written and thrown away in transactions of their own: pages that nothing was written to are holes.
        let make = """
            DROP TABLE IF EXISTS spare; CREATE TABLE spare (bytes BLOB);
            INSERT INTO spare VALUES (zeroblob(\(Self.sparePages * Self.pageSize)));
            """
        try? transaction { database throws(SnapshotError) in try database.run(make) }
        try? transaction { database throws(SnapshotError) in try database.run("DROP TABLE IF EXISTS spare") }
    }

    private var needsRoom: Bool {
        let free = try? query("PRAGMA freelist_count") { $0.integer(0) ?? 0 }.first
        let journal = Files.status(journal).map { Int64($0.st_blocks) * 512 } ?? 0
        return free ?? 0 < Self.sparePages / 2 || journal < Self.sparePages * Self.pageSize / 2
    }
}
