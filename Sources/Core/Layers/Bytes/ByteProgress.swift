internal import CLinux
internal import Glibc

/// Is told how far the reading of a long source has come.
public protocol ByteProgress: AnyObject {
    /// `done` bytes have been read, of `total` if that is known; called often, in the reader's thread.
    func advanced(to done: Int64, of total: Int64?)

    /// Nothing is read for now, and others may write to the terminal.
    func ended()
}

extension ByteProgress {
    /// Does nothing.
    public func ended() {}
}

extension FileSource {
    /// A source that tells `progress` how much of this file, from where it stands now, has been read.
    package func watched(by progress: (any ByteProgress)?) -> any ByteSource {
        guard let progress else { return self }
        let total = remaining
        var done: Int64 = 0
        return TappedSource(self) { bytes in
            done += Int64(bytes.count)
            progress.advanced(to: done, of: total)
        }
    }

    /// A source whose bytes `meter` counts.
    package func counted(by meter: ByteMeter?) -> any ByteSource {
        guard let meter else { return self }
        return TappedSource(self) { meter.add($0.count) }
    }

    /// How many bytes there are left; nil for what is no file.
    package var remaining: Int64? {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return max(Int64(status.st_size) - Int64(lseek(descriptor, 0, SEEK_CUR)), 0)
    }
}
