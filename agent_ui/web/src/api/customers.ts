import { query, request } from './http'
import type { CallBrief, Customer, Page, TicketBrief } from './types'

export interface NewCustomer {
  name: string
  level: string
  numbers: string[]
  note: string
  region: string
  member_number: string
}

export interface History {
  calls: CallBrief[]
  tickets: TicketBrief[]
}

export const searchCustomers = (search: string): Promise<Page<Customer>> =>
  request('GET', `/api/customers${query({ search })}`)
export const createCustomer = (customer: NewCustomer): Promise<Customer> =>
  request('POST', '/api/customers', customer)
export const fetchCustomer = (id: number): Promise<Customer> => request('GET', `/api/customers/${id}`)
export const changeCustomer = (id: number, change: Partial<NewCustomer>): Promise<Customer> =>
  request('PATCH', `/api/customers/${id}`, change)
export const fetchHistory = (id: number): Promise<History> => request('GET', `/api/customers/${id}/history`)
