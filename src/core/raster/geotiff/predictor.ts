/**
 * Undoes TIFF's predictors in place on little-endian samples.
 * 2: horizontal differencing (TIFF 6.0, section 14); 3: floating point (Adobe Photoshop TIFF Technical Note 3), whose
 * result is little-endian whatever the file's order.
 *
 * @param samplesPerPixel samples that interleave in this block: 1 where bands lie apart.
 */
export function undoPredictor(
  bytes: Uint8Array,
  predictor: number,
  width: number,
  rows: number,
  samplesPerPixel: number,
  bitsPerSample: number,
): void {
  const rowSamples = width * samplesPerPixel
  if (predictor === 2) {
    const samples = integersOf(bytes, bitsPerSample)
    if (samples instanceof BigUint64Array) {
      for (let row = 0; row < rows; row++) {
        for (let i = row * rowSamples + samplesPerPixel; i < (row + 1) * rowSamples; i++) {
          samples[i] = samples[i]! + samples[i - samplesPerPixel]!
        }
      }
    } else {
      for (let row = 0; row < rows; row++) {
        for (let i = row * rowSamples + samplesPerPixel; i < (row + 1) * rowSamples; i++) {
          samples[i] = samples[i]! + samples[i - samplesPerPixel]!
        }
      }
    }
  } else if (predictor === 3) {
    const size = bitsPerSample / 8
    const rowBytes = rowSamples * size
    for (let row = 0; row < rows; row++) {
      const line = bytes.subarray(row * rowBytes, (row + 1) * rowBytes)
      for (let i = samplesPerPixel; i < rowBytes; i++) line[i] = line[i]! + line[i - samplesPerPixel]!
      const planes = line.slice()
      for (let sample = 0; sample < rowSamples; sample++) {
        for (let byte = 0; byte < size; byte++) {
          line[sample * size + byte] = planes[(size - 1 - byte) * rowSamples + sample]!
        }
      }
    }
  }
}

function integersOf(
  bytes: Uint8Array,
  bitsPerSample: number,
): Uint8Array | Uint16Array | Uint32Array | BigUint64Array {
  const length = (bytes.byteLength * 8) / bitsPerSample
  if (bitsPerSample === 16) return new Uint16Array(bytes.buffer, bytes.byteOffset, length)
  if (bitsPerSample === 32) return new Uint32Array(bytes.buffer, bytes.byteOffset, length)
  if (bitsPerSample === 64) return new BigUint64Array(bytes.buffer, bytes.byteOffset, length)
  return bytes
}
