//! The products of each market.

/// A product and its category.
#[derive(Debug)]
pub(crate) struct Product {
    pub(crate) category: &'static str,
    pub(crate) category_path: &'static str,
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
    pub(crate) sku: &'static str,
    pub(crate) price: &'static str,
}

/// A row is the members of a product in their order.
macro_rules! products {
    ($($category:literal $category_path:literal $name:literal $path:literal $sku:literal $price:literal)*) => {
        [$(Product {
            category: $category,
            category_path: $category_path,
            name: $name,
            path: $path,
            sku: $sku,
            price: $price,
        }),*]
    };
}

pub(crate) const IRELAND: [Product; 6] = products! {
    "Lamps" "/lamps" "Storm lantern “Skerry”" "/lamps/skerry" "LMP-1041" "59.90"
    "Lamps" "/lamps" "Reading lamp 10\"" "/lamps/reading-10" "LMP-2210" "34.50"
    "Boots" "/boots" "Rain boots, short" "/boots/rain-short" "BTS-0300" "79.00"
    "Boots" "/boots" "Walking boots “Burren”" "/boots/burren" "BTS-0417" "149.00"
    "Blankets" "/blankets" "Wool blanket, grey" "/blankets/wool-grey" "BLK-7001" "89.95"
    "Gifts" "/gifts" "Gift card" "/gifts/card" "GFT-0001" "25.00"
};

pub(crate) const FRANCE: [Product; 6] = products! {
    "Lampes" "/lampes" "Lanterne tempête « Écueil »" "/lampes/ecueil" "LMP-1041" "59.90"
    "Lampes" "/lampes" "Lampe de chevet été" "/lampes/été" "LMP-2210" "34.50"
    "Bottes" "/bottes" "Bottes de pluie basses" "/bottes/pluie-basses" "BTS-0300" "79.00"
    "Bottes" "/bottes" "Chaussures « Ménez »" "/bottes/menez" "BTS-0417" "149.00"
    "Plaids" "/plaids" "Plaid en laine, gris clair" "/plaids/laine-gris" "BLK-7001" "89.95"
    "Cadeaux" "/cadeaux" "Carte cadeau" "/cadeaux/carte" "GFT-0001" "25.00"
};

pub(crate) const JAPAN: [Product; 6] = products! {
    "ランプ" "/lamps" "嵐のランタン「岩礁」" "/lamps/gansho" "LMP-1041" "8900"
    "ランプ" "/lamps" "読書灯 10\"" "/lamps/読書灯" "LMP-2210" "5200"
    "靴 👟" "/boots" "短い長靴" "/boots/mijikai" "BTS-0300" "11800"
    "靴 👟" "/boots" "登山靴「石灰」" "/boots/sekkai" "BTS-0417" "22400"
    "毛布" "/blankets" "ウール毛布・灰色" "/blankets/wool" "BLK-7001" "13500"
    "贈り物" "/gifts" "ギフトカード" "/gifts/card" "GFT-0001" "3000"
};

pub(crate) const GERMANY: [Product; 6] = products! {
    "Lampen" "/lampen" "Sturmlaterne „Schäre“" "/lampen/schaere" "LMP-1041" "59.90"
    "Lampen" "/lampen" "Leselampe 10\"" "/lampen/lesen-10" "LMP-2210" "34.50"
    "Stiefel" "/stiefel" "Gummistiefel, kurz" "/stiefel/gummi-kurz" "BTS-0300" "79.00"
    "Stiefel" "/stiefel" "Wanderstiefel „Größenwahn“" "/stiefel/groesse" "BTS-0417" "149.00"
    "Decken" "/decken" "Wolldecke, grau" "/decken/wolle-grau" "BLK-7001" "89.95"
    "Geschenke" "/geschenke" "Geschenkkarte" "/geschenke/karte" "GFT-0001" "25.00"
};

pub(crate) const BRAZIL: [Product; 6] = products! {
    "Luminárias" "/luminarias" "Lampião “Recife”" "/luminarias/recife" "LMP-1041" "349.90"
    "Luminárias" "/luminarias" "Abajur de leitura" "/luminarias/leitura" "LMP-2210" "199.50"
    "Botas" "/botas" "Galocha curta" "/botas/galocha-curta" "BTS-0300" "289.00"
    "Botas" "/botas" "Bota de trilha “Serra”" "/botas/serra" "BTS-0417" "799.00"
    "Cobertores" "/cobertores" "Cobertor de lã, cinza" "/cobertores/la-cinza" "BLK-7001" "459.00"
    "Presentes" "/presentes" "Cartão-presente" "/presentes/cartao" "GFT-0001" "100.00"
};
