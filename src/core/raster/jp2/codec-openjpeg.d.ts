/** The package has no types; what is used of it is in openjpeg.ts. */
declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  const factory: unknown
  export default factory
}

/** The decoder's binary as a data URL. */
declare module '@cornerstonejs/codec-openjpeg/decodewasm?url&inline' {
  const url: string
  export default url
}
