import Testing

/// Everything that reads what others wrote, fed with random hostile input.
///
/// One after the other: a crash names the one case that was running.
@Suite("Fuzz", .serialized)
struct FuzzTests {}
