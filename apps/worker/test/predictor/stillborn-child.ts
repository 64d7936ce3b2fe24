/** A child for tests that ends before it is ready. */
process.exit(7)
