import AUFSDriver
import BindDriver
import BtrfsDriver
import CLI
import EROFSDriver
import OverlayDriver

// The only place that lists the drivers; the first that works is the default.
CommandLineProgram.main(drivers: [AUFSDriver(), OverlayDriver(), BtrfsDriver(), BindDriver(), EROFSDriver()])
