/**
 * Next's hook for a page that threw. The fault is logged with the request id that the person was shown; Next's own line
 * knows no request.
 */
export async function onRequestError(fault: unknown): Promise<void> {
  // compiled for the edge runtime too, where nothing of lib works
  if (process.env['NEXT_RUNTIME'] !== 'nodejs') return
  const { logFault } = await import('@/lib/log/log')
  logFault('page.fault', fault)
}
