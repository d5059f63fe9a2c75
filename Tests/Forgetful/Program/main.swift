import BindDriver
import CLI
import ForgetfulDriver

// A mydocker with a broken driver: what its users see of that is tested.
CommandLineProgram.main(drivers: [ForgetfulDriver(), BindDriver()])
