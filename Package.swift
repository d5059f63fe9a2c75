// swift-tools-version:6.1
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

/// The rooms of Core, each of which knows those before it that it depends on.
let rooms: [Target.Dependency] = [
    "Host", "Tree", "Mount", "DriverKit", "Layers", "Storage", "Images", "Runtime", "Engine",
]

func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/Core/\(name)", swiftSettings: strict)
}

let package = Package(
    name: "mydocker",
    products: [
        .library(name: "DriverKit", targets: ["DriverKit"]),
        .library(name: "Core", targets: ["Core"]),
        .library(name: "AUFSDriver", targets: ["AUFSDriver"]),
        .library(name: "OverlayDriver", targets: ["OverlayDriver"]),
        .library(name: "BtrfsDriver", targets: ["BtrfsDriver"]),
        .library(name: "BindDriver", targets: ["BindDriver"]),
        .library(name: "EROFSDriver", targets: ["EROFSDriver"]),
        .library(name: "DriverConformance", targets: ["DriverConformance"]),
        .library(name: "DriverBenchmark", targets: ["DriverBenchmark"]),
        .library(name: "DriverComparison", targets: ["DriverComparison"]),
        .library(name: "CLI", targets: ["CLI"]),
        .executable(name: "mydocker", targets: ["mydocker"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-system", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    ],
    targets: [
        .target(name: "CLinux"),
        .target(name: "CLibMount"),
        // Without pkgConfig, which would link the shared libraries: the module maps ask for the archives.
        .systemLibrary(name: "CNettle", providers: [.apt(["nettle-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CSeccomp", providers: [.apt(["libseccomp-dev"])]),
        room("Host", ["CLinux", system]),
        room("Tree", ["Host", "CLinux", system]),
        room("Mount", ["Host", "Tree", "CLinux", "CLibMount", system]),
        room("DriverKit", ["Host", "Tree", "Mount", "CLinux", system]),
        room("Layers", ["Host", "Tree", "DriverKit", "CLinux", "CNettle", "CZlib", "CZstd", system]),
        room("Storage", ["Host", "Tree", "Mount", "DriverKit", "Layers", "CLinux", "CSQLite", system]),
        room("Images", ["Host", "Tree", "DriverKit", "Layers", "Storage", "CLinux", system]),
        room("Runtime", ["Host", "Mount", "CLinux", "CSeccomp", system, logging]),
        room(
            "Engine",
            [
                "Host", "Tree", "Mount", "DriverKit", "Layers", "Storage", "Images", "Runtime", "CLinux",
                system, logging,
            ]),
        .target(
            name: "Core", dependencies: rooms, path: "Sources/Core/Core",
            swiftSettings: strict),
        .target(
            name: "AUFSDriver", dependencies: ["DriverKit", system], path: "Sources/Drivers/AUFS",
            packageAccess: false, swiftSettings: strict),
        .target(
            name: "OverlayDriver", dependencies: ["DriverKit", system], path: "Sources/Drivers/Overlay",
            packageAccess: false, swiftSettings: strict),
        .target(
            name: "BtrfsDriver", dependencies: ["CLinux", "DriverKit", system], path: "Sources/Drivers/Btrfs",
            packageAccess: false, swiftSettings: strict),
        .target(
            name: "BindDriver", dependencies: ["DriverKit", system], path: "Sources/Drivers/Bind",
            packageAccess: false, swiftSettings: strict),
        .target(
            name: "EROFSDriver", dependencies: ["CLinux", "DriverKit", "OverlayDriver", system],
            path: "Sources/Drivers/EROFS", packageAccess: false, swiftSettings: strict),
        .target(
            name: "DriverConformance", dependencies: ["Core", "CLinux", system, logging],
            swiftSettings: strict),
        .target(
            name: "DriverBenchmark", dependencies: ["Core", "CLinux", system], swiftSettings: strict),
        .target(
            name: "DriverComparison", dependencies: ["Core", "DriverConformance", "DriverBenchmark", system],
            swiftSettings: strict),
        .target(
            name: "KernelLab",
            dependencies: [
                "Core", "CLinux", "DriverConformance", "DriverBenchmark", "DriverComparison", system,
            ],
            swiftSettings: strict),
        .target(
            name: "CLI",
            dependencies: [
                "Core", "DriverConformance", "DriverBenchmark", "DriverComparison", "KernelLab", system,
                logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "mydocker",
            dependencies: ["CLI", "AUFSDriver", "OverlayDriver", "BtrfsDriver", "BindDriver", "EROFSDriver"],
            swiftSettings: strict),
        .target(
            name: "ForgetfulDriver", dependencies: ["CLinux", "DriverKit", "OverlayDriver", system],
            path: "Tests/Forgetful/Driver", swiftSettings: strict),
        .executableTarget(
            name: "mydocker-forgetful", dependencies: ["CLI", "ForgetfulDriver", "BindDriver"],
            path: "Tests/Forgetful/Program", swiftSettings: strict),
        .testTarget(
            name: "CoreTests", dependencies: rooms + ["Core", "CLinux", system], exclude: ["Fuzz/Corpus"],
            swiftSettings: strict),
        .testTarget(
            name: "CLITests",
            dependencies: [
                "CLI", "Core", .product(name: "ArgumentParser", package: "swift-argument-parser"), logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ComparisonTests",
            dependencies: [
                "Core", "DriverBenchmark", "DriverComparison", "DriverConformance", "KernelLab", system,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "DriverTests",
            dependencies: [
                "Core", "CLinux", "DriverConformance", "AUFSDriver", "OverlayDriver", "BtrfsDriver",
                "BindDriver", "EROFSDriver", system,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests", dependencies: ["CLinux", "mydocker-forgetful", system],
            exclude: ["Support/Scripts", "Cases"],
            swiftSettings: strict),
    ]
)
