//! The program: everything is in the library, where tests and benchmarks reach it.

fn main() -> std::process::ExitCode {
    rcsim::cli::main()
}
