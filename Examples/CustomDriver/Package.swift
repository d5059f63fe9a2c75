// swift-tools-version:6.1
import PackageDescription

let package = Package(
    name: "CustomDriver",
    products: [.library(name: "VolatileDriver", targets: ["VolatileDriver"])],
    dependencies: [
        // In a repository of your own: .package(url: "https://…/mydocker", branch: "main")
        .package(name: "mydocker", path: "../.."),
        .package(url: "https://github.com/apple/swift-system", from: "1.4.0"),
    ],
    targets: [
        .target(
            name: "VolatileDriver",
            dependencies: [
                .product(name: "DriverKit", package: "mydocker"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        .executableTarget(
            name: "mydocker-volatile",
            dependencies: [
                "VolatileDriver",
                .product(name: "CLI", package: "mydocker"),
                .product(name: "OverlayDriver", package: "mydocker"),
                .product(name: "BindDriver", package: "mydocker"),
            ]),
    ]
)
