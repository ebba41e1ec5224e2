import { config, z } from 'zod'

// zod probes for `new Function` when its first schema is made, which a strict content security policy reports as a
// violation although zod catches it. Everyone takes zod from here, so that no schema is made before this line, however
// a bundle is cut into chunks.
config({ jitless: true })

export { z }
