internal import Storage

/// Where users get images from, in words.
package enum ImageSource {
    /// The command that copies an image from a registry into a store.
    package static func copy(_ name: String, to images: String = "\(Store.defaultRoot)/images") -> String {
        "skopeo copy docker://\(name) oci:\(images):\(name)"
    }
}
