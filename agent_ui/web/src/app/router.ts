import { ElMessage } from 'element-plus'
import { watch } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'
import type { RouteLocationNormalized, Router, RouteRecordRaw } from 'vue-router'

import { useSession } from '@/api/session'

import { i18n } from './i18n'

declare module 'vue-router' {
  interface RouteMeta {
    /** Reached without being signed in. */
    isOpen?: boolean
    /** Others are led to their desk; the server refuses them whatever the page shows. */
    isForSupervisors?: boolean
    /** A key of the locales. */
    title?: string
  }
}

const byId = (route: RouteLocationNormalized): { id: number } => ({ id: Number(route.params['id']) })

const routes: RouteRecordRaw[] = [
  {
    path: '/sign-in',
    name: 'sign-in',
    component: () => import('./SignInRoute.vue'),
    meta: { isOpen: true, title: 'sign_in.title' },
  },
  { path: '/', name: 'desk', component: () => import('./DeskPage.vue'), meta: { title: 'nav.desk' } },
  {
    path: '/tickets',
    name: 'tickets',
    component: () => import('@/features/tickets/TicketsPage.vue'),
    meta: { title: 'nav.tickets' },
  },
  {
    path: '/tickets/:id(\\d+)',
    name: 'ticket',
    component: () => import('@/features/tickets/TicketPage.vue'),
    props: byId,
    meta: { title: 'nav.tickets' },
  },
  {
    path: '/customers',
    name: 'customers',
    component: () => import('@/features/customers/CustomersPage.vue'),
    meta: { title: 'nav.customers' },
  },
  {
    path: '/customers/:id(\\d+)',
    name: 'customer',
    component: () => import('./CustomerHistory.vue'),
    props: byId,
    meta: { title: 'nav.customers' },
  },
  {
    path: '/surveys',
    name: 'surveys',
    component: () => import('@/features/surveys/SurveysPage.vue'),
    meta: { title: 'nav.surveys' },
  },
  {
    path: '/lists',
    name: 'lists',
    component: () => import('@/features/lists/ListsPage.vue'),
    meta: { title: 'nav.lists' },
  },
  {
    path: '/calls',
    name: 'calls',
    component: () => import('@/features/call/CallsPage.vue'),
    meta: { title: 'nav.calls' },
  },
  {
    path: '/calls/:call',
    name: 'call',
    component: () => import('@/features/call/CallPage.vue'),
    props: true,
    meta: { title: 'call.detail' },
  },
  {
    path: '/said',
    name: 'said',
    component: () => import('@/features/call/SpokenPage.vue'),
    meta: { title: 'nav.said' },
  },
  {
    path: '/flows',
    name: 'flows',
    component: () => import('@/features/flows/FlowsPage.vue'),
    meta: { title: 'nav.flows', isForSupervisors: true },
  },
  {
    path: '/flows/:name([A-Za-z][A-Za-z0-9_-]*)',
    name: 'flow',
    component: () => import('@/features/flows/FlowPage.vue'),
    props: true,
    meta: { title: 'nav.flows', isForSupervisors: true },
  },
  {
    path: '/recordings',
    name: 'recordings',
    component: () => import('@/features/recordings/RecordingsPage.vue'),
    meta: { title: 'nav.recordings', isForSupervisors: true },
  },
  { path: '/wall', name: 'wall', component: () => import('./WallRoute.vue'), meta: { title: 'nav.wall' } },
  {
    path: '/:rest(.*)*',
    name: 'missing',
    component: () => import('./MissingPage.vue'),
    meta: { title: 'missing.title' },
  },
]

export function makeRouter(): Router {
  const router = createRouter({ history: createWebHistory(), routes })
  const session = useSession()

  router.beforeEach((to) => {
    if (to.meta.isOpen) return true
    if (session.me === null) return { name: 'sign-in', query: to.path === '/' ? {} : { to: to.fullPath } }
    if (to.name === 'desk' && !session.isAgent) return { name: 'wall' }
    if (to.meta.isForSupervisors && !session.isSupervisor) return { name: 'desk' }
    return true
  })
  router.onError(() => {
    // Before the first page there is nowhere to say it: who starts the pages is told instead.
    if (router.currentRoute.value.name) ElMessage({ message: i18n.global.t('error.page_lost'), type: 'error' })
  })
  watch(
    [() => router.currentRoute.value.meta.title, i18n.global.locale],
    ([title]) => (document.title = title ? `${i18n.global.t(title)} · Hotline` : 'Hotline'),
    { immediate: true },
  )
  watch(
    () => session.me,
    (me) => {
      if (me === null && !router.currentRoute.value.meta.isOpen) void router.push({ name: 'sign-in' })
    },
  )
  return router
}
