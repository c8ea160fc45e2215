//! Tests of the whole server, in one binary because each is linked on two cores.
