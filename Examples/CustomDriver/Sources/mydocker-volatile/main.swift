import BindDriver
import CLI
import OverlayDriver
import VolatileDriver

CommandLineProgram.main(drivers: [VolatileDriver(), OverlayDriver(), BindDriver()])
