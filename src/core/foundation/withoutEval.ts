import { config } from 'zod'

// zod probes for `new Function` when its first schema is made, which a strict content security policy reports as a
// violation although zod catches it. Imported before anything that declares a schema.
config({ jitless: true })
