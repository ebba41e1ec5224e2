const SIDECAR = /\.(tfw|tifw|tiffw|wld|prj|xml|ovr|qml|vrt|md|txt|json|geojson|csv|html?|pdf|py|ipynb)$/i

/** Whether a path is a companion of rasters (world file, metadata, notes) by its ending: read with them or passed over. */
export function isSidecar(path: string): boolean {
  return SIDECAR.test(path)
}
