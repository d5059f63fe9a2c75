// All of it, for whoever needs more than one room: the command line, the conformance kit, the tests.
@_exported public import DriverKit
@_exported public import Engine
@_exported public import Host
@_exported public import Images
@_exported public import Layers
@_exported public import Mount
@_exported public import Runtime
@_exported public import Storage
@_exported public import Tree
