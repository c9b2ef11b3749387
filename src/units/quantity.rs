//! Quantities as people write them: `"20ms"`, `"1GiB"`, `"1Gbit/s"`, `"200/s"`.
