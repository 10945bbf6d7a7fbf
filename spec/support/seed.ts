import fc from 'fast-check'

/** Every run tries the same examples, so that it says the same twice. `PARLEY_TEST_SEED` takes others, to look for what nobody thought of. */
fc.configureGlobal({ seed: Number(process.env['PARLEY_TEST_SEED'] ?? 1) })
