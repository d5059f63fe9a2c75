internal import CLinux
internal import Glibc
internal import Tree

/// Finds out which names of files with several names have changed because of the others.
///
/// A link can be written into a layer only together with the name that it is a link to. So if one name of a file
/// has changed, all have; and all have, too, if they were not names of one file before, or names of one file are
/// not any more.
struct LinkChanges {
    /// True if a layer's file is not the lower layers' one: making the copy has taken it from its other names.
    let breaksLinks: Bool
    private var names: [FileID: [Name]] = [:]
    private var successors: [FileID: [FileID: [LayerPath]]] = [:]
    private var broken: [LayerPath] = []

    private struct Name {
        let path: LayerPath
        let old: FileID?
    }

    init(breaksLinks: Bool) {
        self.breaksLinks = breaksLinks
    }

    /// Adds a name that is no directory's.
    mutating func add(_ path: LayerPath, _ status: stat, old: stat?) {
        let id = FileID(status)
        let old = old.flatMap { $0.isDirectory ? nil : $0 }
        if status.st_nlink > 1 {
            names[id, default: []].append(Name(path: path, old: old.map { FileID($0) }))
        }
        guard let old, old.st_nlink > 1 else { return }
        if breaksLinks { return broken.append(path) }
        successors[FileID(old), default: [:]][id, default: []].append(path)
    }

    /// The names that have changed, if those for which `isChanged` is true have.
    func changed(where isChanged: (LayerPath) -> Bool) -> [LayerPath] {
        var result = broken
        for group in names.values where group.count > 1 {
            let wasOne = group.allSatisfy { $0.old != nil && $0.old == group[0].old }
            if !wasOne || group.contains(where: { isChanged($0.path) }) { result += group.map(\.path) }
        }
        for files in successors.values where files.count > 1 { result += files.values.joined() }
        return result
    }
}
