import { findPatient, findStaff } from '@/lib/identity/session'
import { now } from '@/lib/time/clock'

/** "Stay signed in": reading a session is what keeps it. 204 while it lives, 401 when it has ended. */
export async function POST(request: Request): Promise<Response> {
  const find = new URL(request.url).searchParams.get('kind') === 'staff' ? findStaff : findPatient
  const session = await find(request.headers.get('cookie'), now())
  return new Response(null, { status: session ? 204 : 401, headers: { 'cache-control': 'no-store' } })
}
