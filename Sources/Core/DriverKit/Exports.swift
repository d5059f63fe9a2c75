// Who writes a driver imports DriverKit alone: these come with it.
@_exported public import Host
@_exported public import Mount
@_exported public import Tree
