/// One limit as a cgroup version spells it: which controller, which file, which value.
struct CgroupSetting: Equatable {
    /// A file and what is written into it.
    struct Place: Equatable {
        let file: String
        /// Empty for "as the cgroup above has it".
        let value: String
    }

    let option: String
    let controller: CgroupController
    /// The first of these that is there is written; none if this version has nothing of the kind.
    let places: [Place]
    /// The disk that is meant, whose number goes before the value.
    var device: DeviceRate?
    /// False for a refinement that a host may lack.
    var isRequired = true
    /// Why a kernel lacks it.
    var lack = "this kernel has nothing of the kind"

    /// The file that it is usually in.
    var file: String { places.first?.file ?? "" }
    /// What is written there.
    var value: String { places.first?.value ?? "" }
}
