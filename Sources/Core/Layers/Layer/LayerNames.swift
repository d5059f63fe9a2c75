package import Tree

/// Places in a layer by number, with every component of their paths kept once.
///
/// A set of whole paths would grow with the square of a path's depth: one name of 4 KiB implies two thousand
/// directories, whose paths are 4 MiB.
package struct LayerNames {
    package struct Place: Hashable {
        let parent: Int32
        let name: [UInt8]
    }

    private var numbers: [Place: Int32] = [:]
    /// The place of each number but the root's, which is 0.
    private var places: [Place] = []

    package init(numbers: [Place: Int32] = [:], places: [Place] = []) {
        self.numbers = numbers
        self.places = places
    }

    /// How many places there are, without the root.
    package var count: Int { places.count }

    /// The number of `name` in the directory `parent`; nil if it was never added.
    package func number(of name: some Collection<UInt8>, in parent: Int32) -> Int32? {
        numbers[Place(parent: parent, name: Array(name))]
    }

    /// The number of a path; nil if it was never added.
    package func number(of path: LayerPath) -> Int32? {
        var number: Int32 = 0
        for component in path.components {
            guard let next = self.number(of: component, in: number) else { return nil }
            number = next
        }
        return number
    }

    /// Gives `name` in the directory `parent` a new number: what was below its old one is no longer found.
    package mutating func add(_ name: some Collection<UInt8>, in parent: Int32) -> Int32 {
        let place = Place(parent: parent, name: Array(name))
        places.append(place)
        let number = Int32(places.count)
        numbers[place] = number
        return number
    }

    /// The number of a path, which is added if it is not there.
    mutating func add(_ path: LayerPath) -> Int32 {
        var number: Int32 = 0
        for component in path.components {
            number = self.number(of: component, in: number) ?? add(component, in: number)
        }
        return number
    }

    /// The number of the directory in which a number's place is.
    package func parent(of number: Int32) -> Int32 { number > 0 ? places[Int(number) - 1].parent : 0 }

    /// The path that a number was given to.
    package func path(of number: Int32) -> LayerPath {
        var names: [[UInt8]] = []
        var number = number
        while number > 0 {
            let place = places[Int(number) - 1]
            names.append(place.name)
            number = place.parent
        }
        return LayerPath(components: names.reversed())
    }
}
