package dev.pirn.nbd;

/**
 * What is wrong with a request.
 *
 * @param error one of NBD's error values, not {@code NBD_SUCCESS}
 * @param why for the client's user: the request, the rule, the values; short, and without our paths
 */
record Fault(int error, String why) { }
