// Logs in, finds journey sessions from a conversation and a contact, and meets a 429, with the official JavaScript
// SDK. Usage: node find.js BASE_URL CLIENT_ID CLIENT_SECRET CONVERSATION_ID CONTACT_ID
const sdk = require('purecloud-platform-client-v2');

const [base, id, secret, conversation, contact] = process.argv.slice(2);

async function main() {
  const url = new URL(base);
  const client = sdk.ApiClient.instance;
  client.setGateway({ host: url.hostname, port: Number(url.port), protocol: 'http' });
  await client.loginClientCredentialsGrant(id, secret);

  const details = await new sdk.AnalyticsApi().getAnalyticsConversationDetails(conversation);
  const media = (details.participants ?? []).flatMap((one) => one?.sessions ?? []);
  const found = media.map((session) => session?.journeyCustomerSessionId);

  const journey = new sdk.JourneyApi();
  const listed = [];
  let after;
  do {
    const page = await journey.getExternalcontactsContactJourneySessions(contact, { pageSize: '1', after, includeMerged: true });
    listed.push(...page.entities.map((session) => session.id));
    after = page.nextUri ? new URL(page.nextUri, base).searchParams.get('after') : null;
  } while (after);

  // The quota is used up by now: the SDK rejects with the error's body.
  const last = await journey.getJourneySession(listed[0]).then((session) => session.id, (error) => error);
  console.log(JSON.stringify({ conversation: found.filter((id) => typeof id === 'string' && id), contact: listed, last }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
