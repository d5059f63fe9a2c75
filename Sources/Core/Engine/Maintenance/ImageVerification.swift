internal import CLinux
internal import Glibc
internal import Host
internal import Images
internal import Layers
internal import SystemPackage

/// Checks the image store: the index, every blob, and every image.
struct ImageVerification {
    private let images: ImageStore
    private let repairing: Bool
    private var layout: ImageLayout { images.layout }

    init(_ images: ImageStore, _ repairing: Bool) {
        self.images = images
        self.repairing = repairing
    }

    func run() throws -> [Damage] {
        guard Files.isDirectory(images.path) else { return [] }
        let damaged = try damagedBlobs()
        var result = damaged.map { digest, problem in
            Damage(
                .blob, layout.blobPath(digest).string, problem,
                advice: "import or load what it belongs to again: that replaces it")
        }
        if let damage = try checkIndex() { result.append(damage) }
        guard let entries = try? images.entries() else { return result }
        for entry in entries {
            let name = entry.name?.description ?? entry.blob.digest.short
            do {
                let image = try images.image(entry.name, entry.blob)
                for layer in image.layers where damaged[layer.digest] != nil || !isThere(layer) {
                    result.append(
                        Damage(
                            .image, name, "its layer \(layer.digest.short) is damaged or missing",
                            advice: "import or load it again, or remove it: mydocker rmi \(name)"))
                }
            } catch ImageError.noMatchingPlatform, ImageError.noImage {
                // An image for other machines is whole all the same, and what is no image is not ours to judge.
            } catch {
                result.append(
                    Damage(
                        .image, name, error.problem,
                        advice:
                            "import or load it again, or remove it: mydocker rmi \(entry.blob.digest.short)"))
            }
        }
        return result
    }

    private func isThere(_ layer: Image.Layer) -> Bool { (try? images.open(layer)) != nil }

    /// The blobs whose content is not what they are called.
    private func damagedBlobs() throws -> [Digest: String] {
        let names = Files.isDirectory(layout.blobs) ? try Files.list(layout.blobs) : []
        let digests = names.compactMap { try? Digest("sha256:\($0)") }.sorted { $0.hex < $1.hex }
        let layout = layout
        let findings = try inParallel(digests) { digest -> String? in
            do {
                let file = try Descriptor(layout.blobPath(digest), O_RDONLY | O_NOFOLLOW)
                let actual = try SHA256Hasher.digest(ofAll: FileSource(file.rawValue))
                return actual == digest ? nil : "its content has the digest \(actual.short)…"
            } catch {
                // Removed meanwhile.
                if (error as? SystemCallError)?.errno == .noSuchFileOrDirectory { return nil }
                return error.problem
            }
        }
        return Dictionary(
            uniqueKeysWithValues: zip(digests, findings).compactMap { digest, finding in
                finding.map { (digest, $0) }
            })
    }

    private func checkIndex() throws -> Damage? {
        do {
            _ = try layout.readIndex()
            return nil
        } catch {
            let path = Files.exists(layout.marker) ? layout.index : layout.marker
            var damage = Damage(.index, path.string, error.problem)
            if repairing { damage.repair = try layout.rebuildIndex() }
            return damage
        }
    }
}
