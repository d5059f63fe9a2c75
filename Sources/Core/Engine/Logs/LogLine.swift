/// One line of a log, before it is written: it is borrowed from where it was read.
struct LogLine {
    let text: UnsafeRawBufferPointer
    /// True if the line ended here.
    let isWhole: Bool
    let stream: ContainerLogStream
    /// Nanoseconds since 1970.
    let time: Int64
}
