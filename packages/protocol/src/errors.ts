import { type LimitName, limitSetting } from './limits.ts'

/** What one error means to a caller: the original's numeric code, the HTTP status and the text (rest-api §8). */
export interface ErrorMeaning {
  code: number
  status: number
  text: string
}

/** Every refusal that Parley knows, by our own name. A line here is part of the public protocol. */
export const errorCatalogue = {
  'parameter-invalid': { code: 20001, status: 400, text: 'Invalid parameter' },
  'parameter-missing': { code: 20001, status: 400, text: 'Missing required parameter' },
  'authentication-failed': { code: 20003, status: 401, text: 'Authentication Error - invalid username' },
  'method-not-allowed': { code: 20004, status: 405, text: 'Method not allowed' },
  'account-not-active': { code: 20005, status: 403, text: 'Account not active' },
  'account-friendly-name-invalid': { code: 20002, status: 400, text: 'Invalid FriendlyName' },
  'update-empty': { code: 20161, status: 400, text: 'Parameters are not specified for update request' },
  forbidden: { code: 20403, status: 403, text: 'Forbidden' },
  'resource-not-found': { code: 20404, status: 404, text: 'The requested resource was not found' },
  'request-timeout': { code: 20408, status: 408, text: 'Request Timeout' },
  conflict: { code: 20409, status: 409, text: 'Conflict' },
  'request-too-large': { code: 20413, status: 413, text: 'Request Entity Too Large' },
  'content-type-unsupported': { code: 20422, status: 422, text: 'Invalid Parameter' },
  'sid-invalid': { code: 20423, status: 400, text: 'Invalid SID' },
  'too-many-requests': { code: 20429, status: 429, text: 'Too Many Requests' },
  'internal-error': { code: 20500, status: 500, text: 'Internal Server Error' },
  unavailable: { code: 20503, status: 503, text: 'Service unavailable' },

  'friendly-name-missing': { code: 50000, status: 400, text: 'FriendlyName not provided' },
  'friendly-name-too-long': { code: 50003, status: 400, text: 'Friendly name too long' },
  'unique-name-too-long': { code: 50004, status: 400, text: 'Unique Name too long' },
  'service-not-found': { code: 50050, status: 404, text: 'Service Instance not found' },
  'webhook-format-invalid': { code: 50054, status: 400, text: 'Invalid webhook format' },
  'webhook-method-invalid': { code: 50055, status: 400, text: 'Invalid webhook method' },
  'webhook-refused': { code: 50056, status: 403, text: 'Webhook disabled processing of command' },
  'webhook-failed': { code: 50057, status: 400, text: 'Webhook call failed to execute successfully' },
  'webhook-timeout': { code: 50076, status: 400, text: 'Webhook failed to execute successfully due to timeout' },
  'credential-not-found': { code: 20404, status: 404, text: 'Credential not found' },
  'binding-not-found': { code: 20404, status: 404, text: 'Binding not found' },
  'notification-template-too-long': { code: 50058, status: 400, text: 'Notification template too long' },
  'notification-sound-too-long': { code: 50059, status: 400, text: 'Notification sound name too long' },
  'actions-per-second-exceeded': { code: 50063, status: 429, text: 'Actions per second limit exceeded' },

  'role-not-found': { code: 50100, status: 404, text: 'Role not found' },
  'permission-unknown': { code: 50104, status: 400, text: 'Permission not found' },
  'role-type-invalid': { code: 50105, status: 400, text: 'Invalid role type' },
  'not-authorised': { code: 50107, status: 403, text: 'User not authorized for command' },
  'conversation-role-not-found': { code: 50109, status: 404, text: 'Conversation role not found' },

  'user-not-found': { code: 50200, status: 404, text: 'User not found' },
  'user-exists': { code: 50201, status: 409, text: 'User already exists' },
  'identity-missing': { code: 50204, status: 400, text: 'Identity not provided' },
  'identity-looks-like-sid': { code: 50206, status: 400, text: 'Identity should not match user SID pattern' },
  'identity-too-long': { code: 50207, status: 400, text: 'Identity too long' },
  'notification-level-invalid': { code: 50210, status: 400, text: 'Invalid notification level' },
  'identity-with-address': { code: 50211, status: 400, text: 'Identity parameter not acceptable for this Participant' },
  'user-conversations-exceeded': { code: 50214, status: 403, text: 'User conversation limit exceeded' },

  'attributes-too-long': { code: 50303, status: 400, text: 'Attributes too long' },
  'attributes-not-json': { code: 50304, status: 400, text: 'Attributes not valid JSON' },
  'date-created-invalid': { code: 50308, status: 400, text: 'Invalid Date Created parameter' },
  'date-updated-invalid': { code: 50309, status: 400, text: 'Invalid Date Updated parameter' },
  'author-too-long': { code: 50310, status: 400, text: 'Author parameter is too long' },
  'messaging-service-invalid': { code: 50341, status: 400, text: 'Invalid messaging service SID' },

  'conversation-not-found': { code: 50350, status: 404, text: 'Conversation not found' },
  'unique-name-exists': { code: 50353, status: 409, text: 'Conversation with provided unique name already exists' },
  'conversation-webhook-filter-invalid': { code: 50365, status: 400, text: 'Invalid conversation webhook filter' },
  'conversation-webhook-flow-invalid': { code: 50367, status: 400, text: 'Invalid conversation webhook flow SID' },
  'conversation-webhook-url-missing': { code: 50369, status: 400, text: 'Conversation webhook URL not provided' },
  'conversation-webhook-url-too-long': { code: 50372, status: 400, text: 'Conversation webhook URL is too long' },
  'conversation-webhook-not-found': { code: 20404, status: 404, text: 'Conversation webhook not found' },
  'conversation-webhooks-exceeded': { code: 50361, status: 400, text: 'Too many conversation webhooks' },
  'conversation-webhook-triggers-exceeded': { code: 50362, status: 400, text: 'Too many conversation webhook triggers' },
  'conversation-webhook-target-invalid': { code: 50364, status: 400, text: 'Invalid conversation webhook type' },
  'conversation-webhook-trigger-invalid': { code: 50366, status: 400, text: 'Invalid conversation webhook trigger' },
  'conversation-webhook-target-missing': { code: 50368, status: 400, text: 'Conversation webhook type not provided' },
  'conversation-webhook-filter-missing': { code: 50370, status: 400, text: 'Conversation webhook filter not provided' },
  'conversation-webhook-trigger-missing': { code: 50371, status: 400, text: 'Conversation webhook trigger not provided' },
  'messaging-service-missing': { code: 50373, status: 400, text: 'No Messaging Service assigned to Conversation' },
  'state-empty': { code: 50374, status: 400, text: "'State' field can't be empty" },
  'timer-inactive-too-short': { code: 50375, status: 400, text: 'TimeToInactive should be greater or equal to 1 minute' },
  'timer-closed-too-short': { code: 50376, status: 400, text: 'TimeToClosed should be greater or equal to 10 minutes' },
  'conversation-closed': { code: 50377, status: 400, text: "Can't update conversation as it's in final closed state" },
  'state-invalid': { code: 50378, status: 400, text: "'State' parameter value is invalid" },
  'timer-inactive-invalid': { code: 50379, status: 400, text: 'TimeToInactive format is invalid' },
  'timer-closed-invalid': { code: 50380, status: 400, text: 'TimeToClosed format is invalid' },
  'conversation-initializing': { code: 50391, status: 409, text: 'Conflicting conversation modification' },
  'initial-state-closed': { code: 50384, status: 400, text: "Initial state can't be 'closed'" },
  'unique-name-looks-like-sid': { code: 50390, status: 400, text: 'Unique name should not match conversation sid pattern' },

  'address-invalid': { code: 50407, status: 400, text: 'Invalid messaging binding address' },
  'proxy-address-invalid': { code: 50408, status: 400, text: 'Invalid participant proxy address' },
  'address-equals-proxy': { code: 50409, status: 400, text: 'Participant address equals proxy address' },
  'address-empty': { code: 50411, status: 400, text: 'Participant address is empty' },
  'proxy-address-empty': { code: 50412, status: 400, text: 'Participant proxy address is empty' },
  'proxy-address-foreign': { code: 50413, status: 403, text: 'Account is not authorized to use proxy address' },
  'address-types-differ': { code: 50414, status: 400, text: 'Participant address type does not match proxy address type' },
  'binding-exists': { code: 50416, status: 409, text: 'Participant and proxy address pair is already in use' },
  'participants-exceeded': { code: 50417, status: 403, text: 'Participants limit exceeded' },
  'non-chat-participants-exceeded': { code: 50418, status: 403, text: 'Non-Chat participants limit exceeded' },
  'request-participants-exceeded': { code: 50426, status: 400, text: 'Request contains too many participants' },
  'binding-parameter-unsupported': {
    code: 50420,
    status: 400,
    text: 'Participant Messaging Binding type does not support all of the provided Messaging Binding parameters',
  },
  'last-read-index-invalid': { code: 50421, status: 400, text: 'Invalid last read message index format' },
  'not-a-participant': { code: 50430, status: 403, text: 'Participant is not a member of conversation' },
  'participant-not-found': { code: 50432, status: 404, text: 'Participant not found' },
  'participant-exists': { code: 50433, status: 409, text: 'Participant already exists' },
  'projected-address-missing': { code: 50434, status: 400, text: 'Participant projected address not provided' },
  'group-participants-exceeded': { code: 50436, status: 403, text: 'Participant limit exceeded for group conversation' },
  'group-participant-exists': { code: 50437, status: 409, text: 'Group Participant already exists' },
  'group-exists': { code: 50438, status: 409, text: 'Group conversation with given participant list already exists' },
  'projected-address-foreign': { code: 50439, status: 403, text: 'Account is not authorized to use the projected address' },
  'proxy-address-not-addable': { code: 50441, status: 400, text: 'Failed to add a proxy address to a participant.' },
  'projected-address-not-removable': { code: 50442, status: 400, text: 'Failed to remove the projected address of a participant.' },
  'projected-address-not-addable': { code: 50443, status: 400, text: 'Failed to add a projected address to a participant.' },
  'identity-not-addable': { code: 50444, status: 400, text: 'Failed to add an identity to a participant.' },
  'proxy-address-unsupported': { code: 50453, status: 400, text: 'Proxy Address of participant is not supported for this channel' },
  'lookup-ambiguous': {
    code: 50451,
    status: 400,
    text: 'One user identifier parameter for lookup at a time is allowed. Please, use either Identity or Address.',
  },

  'message-not-found': { code: 50500, status: 404, text: 'Message not found' },
  'message-empty': { code: 50503, status: 400, text: 'Message body not provided' },
  'body-too-long': { code: 50504, status: 400, text: 'Message body parameter is too long' },
  'media-not-found': { code: 50507, status: 404, text: 'Media not found' },
  'media-attached': { code: 50508, status: 400, text: 'Media already sent with another message' },
  'media-sid-invalid': { code: 50510, status: 400, text: 'Invalid message media SID' },
  'media-body-fixed': { code: 50509, status: 400, text: 'Media message body cannot be updated' },
  'media-too-large': { code: 50512, status: 400, text: 'Message media size is too large' },
  'group-author-foreign': { code: 50513, status: 400, text: 'Message author should be among Group MMS participants.' },
  'message-index-invalid': { code: 50516, status: 400, text: 'Message index is not a number' },
  'content-sid-invalid': { code: 50526, status: 400, text: 'Invalid content SID' },
  'receipt-not-found': { code: 20404, status: 404, text: 'Delivery receipt not found' },
  'content-variables-invalid': { code: 50527, status: 400, text: 'Invalid content variables format' },
  'content-sid-missing': { code: 50528, status: 400, text: 'Content SID is missing' },
  'content-variables-too-long': { code: 50529, status: 400, text: 'Content variables are too long' },
  'channel-metadata-missing': { code: 50530, status: 404, text: 'Message has no channel metadata' },
  'content-variable-key-too-long': { code: 50540, status: 400, text: 'Content variable key is too long' },
  'content-variable-value-too-long': { code: 50541, status: 400, text: 'Content variable value is too long' },

  'sync-object-not-found': { code: 54100, status: 404, text: 'Sync object not found' },
  'subscription-object-gone': { code: 54009, status: 404, text: 'The object of the subscription does not exist' },
  'subscriptions-exceeded': { code: 54056, status: 403, text: 'Too many subscriptions on this connection' },

  'connections-exceeded': { code: 51001, status: 429, text: 'Connection limit exceeded' },
  'frame-malformed': { code: 51100, status: 400, text: 'Malformed frame' },
  'identity-differs': { code: 51131, status: 403, text: 'The new token is for another identity or service' },
  'token-invalid': { code: 51130, status: 401, text: 'Token is invalid!' },
  'token-header-invalid': { code: 51114, status: 401, text: 'Invalid access token header' },
  'token-subject-invalid': { code: 51115, status: 401, text: 'Invalid access token subject' },
  'token-signature-invalid': { code: 51117, status: 401, text: 'Invalid access token signature' },
  'token-expired': { code: 20104, status: 401, text: 'Access Token expired or expiration date invalid' },
  'token-not-yet-valid': { code: 51120, status: 401, text: 'Token is not valid yet' },
  'token-life-too-long': { code: 51121, status: 401, text: 'Token expiration time exceeds maximum' },
  'token-grants-missing': { code: 51103, status: 401, text: "Token doesn't contain required grants section" },
  'token-grants-invalid': { code: 51116, status: 401, text: 'Invalid access token grants' },
  'token-identity-missing': { code: 51105, status: 401, text: "Token doesn't contain identity" },
  'token-identity-too-long': { code: 51003, status: 401, text: 'Identity is too long' },
  'token-service-missing': { code: 51104, status: 401, text: "Token doesn't contain service instance" },
  'token-service-not-found': { code: 51101, status: 401, text: 'Service instance not found' },
} as const satisfies Record<string, ErrorMeaning>

export type ErrorName = keyof typeof errorCatalogue

/** What helps the caller beyond the text. It goes to the wire as it is: nothing secret, members in snake case. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null>>

export interface RefusalOptions {
  /** Said instead of the catalogue's text. */
  text?: string
  details?: ErrorDetails
  cause?: unknown
}

/** The one error class. Thrown where the reason is known, turned into an answer once, at each door. */
export class ParleyError extends Error {
  override readonly name = 'ParleyError'
  readonly details: ErrorDetails | undefined

  constructor(
    readonly reason: ErrorName,
    options: RefusalOptions = {},
  ) {
    super(options.text ?? errorCatalogue[reason].text, options.cause === undefined ? undefined : { cause: options.cause })
    this.details = options.details
  }

  /** The original's number for this refusal. */
  get code(): number {
    return errorCatalogue[this.reason].code
  }

  /** The HTTP status that goes with it. */
  get status(): number {
    return errorCatalogue[this.reason].status
  }
}

/** A refusal because of a limit: names the setting that refuses and its value. */
export function limitExceeded(reason: ErrorName, limit: LimitName, value: number, field?: string): ParleyError {
  const setting = limitSetting(limit)
  return new ParleyError(reason, { details: { ...(field ? { field } : {}), setting, limit: value } })
}

/** An error as REST and SDK commands answer it (rest-api §1.8). */
export interface ErrorBody {
  code: number
  message: string
  more_info: string
  status: number
  details?: ErrorDetails
}

/** The JSON body of an error answer. `details` is an object or absent, because Java and C# bind it to a map. */
export function toErrorBody(error: ParleyError): ErrorBody {
  return {
    code: error.code,
    message: error.message,
    more_info: `https://www.twilio.com/docs/errors/${error.code}`,
    status: error.status,
    ...(error.details ? { details: error.details } : {}),
  }
}
