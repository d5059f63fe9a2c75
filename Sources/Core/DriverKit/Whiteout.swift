/// The names that mean deletions, in archives of layers and in the form of ``DeletionFormat/prefix``.
package enum Whiteout {
    /// How the name of a deletion begins.
    package static let prefix = Array(".wh.".utf8)
    /// The name in a directory that hides what the layers below have in it.
    package static let opaqueName = Array(".wh..wh..opq".utf8)
}
