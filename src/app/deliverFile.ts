/** Long enough for the browser to have taken the bytes, short enough not to hold them for the session. */
const RELEASE_AFTER_MS = 60_000

/** Hands a finished file to the person as a download. */
export function deliverFile(fileName: string, blob: Blob): void {
  const address = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = address
  link.download = fileName
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), RELEASE_AFTER_MS)
}
