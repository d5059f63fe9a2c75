internal import Glibc
internal import Host
internal import Tree

/// Finds the files of a log while they take turns: a file's number only ever grows.
enum LogFileSearch {
    /// All of them, the oldest first.
    ///
    /// - Throws: ``SystemCallError``.
    static func all(in directory: borrowing Descriptor) throws(SystemCallError) -> [OpenLogFile] {
        var files: [OpenLogFile] = []
        var missing = 0
        var age = 0
        // Upwards: whatever moves on meanwhile is met again, and known. In the middle of a rotation one number is free.
        while missing < 2, age < 2 * ContainerLogOptions.mostFiles {
            if let file = try OpenLogFile(ContainerLog.name(age), in: directory) {
                missing = 0
                if !files.contains(where: { $0.id == file.id }) { files.insert(file, at: 0) }
            } else {
                missing += 1
            }
            age += 1
        }
        return files
    }

    /// The file that was begun when `file` was finished; nil if that is being written.
    ///
    /// If `file` is gone already, it is the oldest that there is.
    ///
    /// - Throws: ``SystemCallError``.
    static func next(
        after file: OpenLogFile, in directory: borrowing Descriptor
    ) throws(SystemCallError) -> OpenLogFile? {
        while true {
            guard let age = self.age(of: file, in: directory) else { return try all(in: directory).first }
            if age == 0 { return nil }
            // In the middle of a rotation there is none for a moment, or it is in its old place.
            let next = try OpenLogFile(ContainerLog.name(age - 1), in: directory)
            if self.age(of: file, in: directory) == age { return next }
        }
    }

    /// How many rotations ago a file was finished; nil if it is gone.
    private static func age(of file: OpenLogFile, in directory: borrowing Descriptor) -> Int? {
        var missing = 0
        var age = 0
        while missing < 2, age < 2 * ContainerLogOptions.mostFiles {
            var status = stat()
            if fstatat(directory.rawValue, ContainerLog.name(age), &status, AT_SYMLINK_NOFOLLOW) != 0 {
                missing += 1
            } else if FileID(status) == file.id {
                return age
            } else {
                missing = 0
            }
            age += 1
        }
        return nil
    }
}
