public import Layers

/// A step in the making of an image, and what it added.
public struct HistoryLine: Sendable, Equatable {
    /// The image's ID, at its last step.
    public let id: Digest?
    /// What the image says about the step.
    public let step: HistoryEntry
    /// The size of its layer's blob; 0 if there is none.
    public let size: Int64
}

extension Image {
    /// How the image came to be, the latest step first; layers of which nothing is known are steps too.
    public var historyLines: [HistoryLine] {
        var sizes = layers.map(\.size)[...]
        var steps = history.map { step in
            (step, step.emptyLayer == true ? 0 : sizes.popFirst() ?? 0)
        }
        steps += sizes.map { (HistoryEntry(), $0) }
        return steps.indices.reversed().map { index in
            HistoryLine(
                id: index == steps.count - 1 ? id : nil, step: steps[index].0, size: steps[index].1)
        }
    }
}
