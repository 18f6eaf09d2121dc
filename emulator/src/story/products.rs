//! What the shop sells, in the words of each market.

/// A product and where it stands.
#[derive(Debug)]
pub(crate) struct Ware {
    pub(crate) category: &'static str,
    pub(crate) category_path: &'static str,
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
    pub(crate) sku: &'static str,
    pub(crate) price: &'static str,
}

const fn ware(
    [category, category_path]: [&'static str; 2],
    [name, path]: [&'static str; 2],
    [sku, price]: [&'static str; 2],
) -> Ware {
    Ware {
        category,
        category_path,
        name,
        path,
        sku,
        price,
    }
}

pub(crate) const IRELAND: [Ware; 6] = [
    ware(
        ["Lamps", "/lamps"],
        ["Storm lantern “Skerry”", "/lamps/skerry"],
        ["LMP-1041", "59.90"],
    ),
    ware(
        ["Lamps", "/lamps"],
        ["Reading lamp 10\"", "/lamps/reading-10"],
        ["LMP-2210", "34.50"],
    ),
    ware(
        ["Boots", "/boots"],
        ["Rain boots, short", "/boots/rain-short"],
        ["BTS-0300", "79.00"],
    ),
    ware(
        ["Boots", "/boots"],
        ["Walking boots “Burren”", "/boots/burren"],
        ["BTS-0417", "149.00"],
    ),
    ware(
        ["Blankets", "/blankets"],
        ["Wool blanket, grey", "/blankets/wool-grey"],
        ["BLK-7001", "89.95"],
    ),
    ware(
        ["Gifts", "/gifts"],
        ["Gift card", "/gifts/card"],
        ["GFT-0001", "25.00"],
    ),
];

pub(crate) const FRANCE: [Ware; 6] = [
    ware(
        ["Lampes", "/lampes"],
        ["Lanterne tempête « Écueil »", "/lampes/ecueil"],
        ["LMP-1041", "59.90"],
    ),
    ware(
        ["Lampes", "/lampes"],
        ["Lampe de chevet été", "/lampes/été"],
        ["LMP-2210", "34.50"],
    ),
    ware(
        ["Bottes", "/bottes"],
        ["Bottes de pluie basses", "/bottes/pluie-basses"],
        ["BTS-0300", "79.00"],
    ),
    ware(
        ["Bottes", "/bottes"],
        ["Chaussures « Ménez »", "/bottes/menez"],
        ["BTS-0417", "149.00"],
    ),
    ware(
        ["Plaids", "/plaids"],
        ["Plaid en laine, gris clair", "/plaids/laine-gris"],
        ["BLK-7001", "89.95"],
    ),
    ware(
        ["Cadeaux", "/cadeaux"],
        ["Carte cadeau", "/cadeaux/carte"],
        ["GFT-0001", "25.00"],
    ),
];

pub(crate) const JAPAN: [Ware; 6] = [
    ware(
        ["ランプ", "/lamps"],
        ["嵐のランタン「岩礁」", "/lamps/gansho"],
        ["LMP-1041", "8900"],
    ),
    ware(
        ["ランプ", "/lamps"],
        ["読書灯 10\"", "/lamps/読書灯"],
        ["LMP-2210", "5200"],
    ),
    ware(
        ["靴 👟", "/boots"],
        ["短い長靴", "/boots/mijikai"],
        ["BTS-0300", "11800"],
    ),
    ware(
        ["靴 👟", "/boots"],
        ["登山靴「石灰」", "/boots/sekkai"],
        ["BTS-0417", "22400"],
    ),
    ware(
        ["毛布", "/blankets"],
        ["ウール毛布・灰色", "/blankets/wool"],
        ["BLK-7001", "13500"],
    ),
    ware(
        ["贈り物", "/gifts"],
        ["ギフトカード", "/gifts/card"],
        ["GFT-0001", "3000"],
    ),
];

pub(crate) const GERMANY: [Ware; 6] = [
    ware(
        ["Lampen", "/lampen"],
        ["Sturmlaterne „Schäre“", "/lampen/schaere"],
        ["LMP-1041", "59.90"],
    ),
    ware(
        ["Lampen", "/lampen"],
        ["Leselampe 10\"", "/lampen/lesen-10"],
        ["LMP-2210", "34.50"],
    ),
    ware(
        ["Stiefel", "/stiefel"],
        ["Gummistiefel, kurz", "/stiefel/gummi-kurz"],
        ["BTS-0300", "79.00"],
    ),
    ware(
        ["Stiefel", "/stiefel"],
        ["Wanderstiefel „Größenwahn“", "/stiefel/groesse"],
        ["BTS-0417", "149.00"],
    ),
    ware(
        ["Decken", "/decken"],
        ["Wolldecke, grau", "/decken/wolle-grau"],
        ["BLK-7001", "89.95"],
    ),
    ware(
        ["Geschenke", "/geschenke"],
        ["Geschenkkarte", "/geschenke/karte"],
        ["GFT-0001", "25.00"],
    ),
];

pub(crate) const BRAZIL: [Ware; 6] = [
    ware(
        ["Luminárias", "/luminarias"],
        ["Lampião “Recife”", "/luminarias/recife"],
        ["LMP-1041", "349.90"],
    ),
    ware(
        ["Luminárias", "/luminarias"],
        ["Abajur de leitura", "/luminarias/leitura"],
        ["LMP-2210", "199.50"],
    ),
    ware(
        ["Botas", "/botas"],
        ["Galocha curta", "/botas/galocha-curta"],
        ["BTS-0300", "289.00"],
    ),
    ware(
        ["Botas", "/botas"],
        ["Bota de trilha “Serra”", "/botas/serra"],
        ["BTS-0417", "799.00"],
    ),
    ware(
        ["Cobertores", "/cobertores"],
        ["Cobertor de lã, cinza", "/cobertores/la-cinza"],
        ["BLK-7001", "459.00"],
    ),
    ware(
        ["Presentes", "/presentes"],
        ["Cartão-presente", "/presentes/cartao"],
        ["GFT-0001", "100.00"],
    ),
];
