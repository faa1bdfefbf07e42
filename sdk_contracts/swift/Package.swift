// swift-tools-version:5.9
import PackageDescription

let package = Package(
    name: "FanfareWire",
    platforms: [.iOS(.v13), .macOS(.v10_15)],
    products: [.library(name: "FanfareWire", targets: ["FanfareWire"])],
    targets: [.target(name: "FanfareWire")]
)
